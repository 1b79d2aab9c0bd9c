# The address of the app's page in ConductorOne contains the ID: …/apps/ID
terraform import conductorone_app.okta 2YqKzWeWLbQUvXxWJzHDkWcZ9pA
