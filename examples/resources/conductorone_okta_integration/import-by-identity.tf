import {
  to = conductorone_okta_integration.okta
  identity = {
    app_id = "2YqKzWeWLbQUvXxWJzHDkWcZ9pA"
    id     = "2Z0pQyFkNnGJb1sT8uVwXyRcDeF"
  }
}
