# APP_ID/CONNECTOR_ID. The address of the connector's page in ConductorOne contains both:
# …/CATALOG_ID/APP_ID/CONNECTOR_ID
terraform import conductorone_okta_integration.okta 2YqKzWeWLbQUvXxWJzHDkWcZ9pA/2Z0pQyFkNnGJb1sT8uVwXyRcDeF
