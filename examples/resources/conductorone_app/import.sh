# The ID stands in the address of the app's page in ConductorOne: …/apps/ID
terraform import conductorone_app.okta 2YqKzWeWLbQUvXxWJzHDkWcZ9pA
