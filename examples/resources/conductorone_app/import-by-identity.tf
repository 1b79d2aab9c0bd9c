import {
  to = conductorone_app.okta
  identity = {
    id = "2YqKzWeWLbQUvXxWJzHDkWcZ9pA"
  }
}
