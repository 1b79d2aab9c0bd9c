locals {
  reviewing    = ["review_group_membership", "review_app_assignment"]
  provisioning = ["provision_group_membership", "provision_app_assignment"]
}

resource "conductorone_app" "okta" {
  display_name = var.name
  description  = "Managed by Terraform"
}

resource "conductorone_okta_integration" "okta" {
  app_id = conductorone_app.okta.id
  domain = var.okta_domain
  owners = var.owners

  api_token_wo         = var.okta_api_token
  api_token_wo_version = var.okta_api_token_version

  required_capabilities = concat(local.reviewing, var.provisions ? local.provisioning : [])

  skip_inactive_apps = var.skip_inactive_apps
}

# Status and sync times change without user action, so they are in this data source and not in the resource. A data source
# inside the check would be read during apply, and every plan would return exit code 2.
data "conductorone_okta_integration" "okta" {
  app_id = conductorone_app.okta.id
  id     = conductorone_okta_integration.okta.id
}

check "okta_is_connected" {
  assert {
    condition     = data.conductorone_okta_integration.okta.status == "Connected"
    error_message = "The Okta connector is ${data.conductorone_okta_integration.okta.status}. ${data.conductorone_okta_integration.okta.last_error}"
  }
}

# Least privilege: a token for reviews only should not be able to change Okta.
check "okta_token_is_not_over_privileged" {
  assert {
    condition = var.provisions || length(setintersection(
      conductorone_okta_integration.okta.capabilities, local.provisioning
    )) == 0
    error_message = "ConductorOne only reviews Okta, but its token can change Okta. Use a token of a read-only administrator."
  }
}
