# APP_ID/CONNECTOR_ID. Both stand in the address of the connector's page in ConductorOne, which ends in
# …/CATALOG_ID/APP_ID/CONNECTOR_ID
terraform import conductorone_okta_integration.okta 2YqKzWeWLbQUvXxWJzHDkWcZ9pA/2Z0pQyFkNnGJb1sT8uVwXyRcDeF
