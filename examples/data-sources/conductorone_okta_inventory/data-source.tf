variable "okta_domain" {
  description = "Host of the Okta org, such as acme.okta.com."
  type        = string
}

variable "okta_api_token" {
  description = "API token of the org. A data source stores it in the state as plain text."
  type        = string
  sensitive   = true
}

data "conductorone_okta_inventory" "okta" {
  domain    = var.okta_domain
  api_token = var.okta_api_token

  # The same value as in the integration.
  skip_inactive_apps = true
}

output "okta_users_by_status" {
  value = data.conductorone_okta_inventory.okta.users
}

output "okta_sync_takes_at_least_seconds" {
  value = data.conductorone_okta_inventory.okta.least_sync_seconds
}

output "okta_advice" {
  value = data.conductorone_okta_inventory.okta.advice
}
