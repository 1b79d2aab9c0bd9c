import {
  to = conductorone_app.okta
  id = "2YqKzWeWLbQUvXxWJzHDkWcZ9pA"
}
