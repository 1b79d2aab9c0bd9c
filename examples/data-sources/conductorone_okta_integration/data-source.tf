variable "app_id" {
  description = "ID of an app with one Okta connector."
  type        = string
}

data "conductorone_okta_integration" "okta" {
  app_id = var.app_id
}

# A failed check is a warning and does not stop the run.
check "okta_is_connected" {
  assert {
    condition     = data.conductorone_okta_integration.okta.status == "Connected"
    error_message = "The Okta connector is ${data.conductorone_okta_integration.okta.status}. ${data.conductorone_okta_integration.okta.last_error}"
  }
}

output "last_okta_sync" {
  value = data.conductorone_okta_integration.okta.last_sync_completed_at
}
