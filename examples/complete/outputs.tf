output "app_id" {
  description = "ID of the app in ConductorOne."
  value       = conductorone_app.okta.id
}

output "connector_id" {
  description = "ID of the Okta connector."
  value       = conductorone_okta_integration.okta.id
}

output "okta_org_id" {
  description = "ID of the Okta org, as returned by the org."
  value       = conductorone_okta_integration.okta.okta_org_id
}

output "capabilities" {
  description = "Capabilities of the token."
  value       = conductorone_okta_integration.okta.capabilities
}
