import {
  to = conductorone_okta_integration.okta
  id = "2YqKzWeWLbQUvXxWJzHDkWcZ9pA/2Z0pQyFkNnGJb1sT8uVwXyRcDeF"
}
