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

# What changes by itself every hour is no drift and therefore not in the resource but here. Not within the check, because
# then every plan would have something to read during apply, and exit code 2.
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

# Least privilege: a token that only has to review should not be able to change anything.
check "okta_token_has_no_more_powers_than_needed" {
  assert {
    condition = var.provisions || length(setintersection(
      conductorone_okta_integration.okta.capabilities, local.provisioning
    )) == 0
    error_message = "ConductorOne only reviews Okta here, and its token can change Okta. Make one of a read-only administrator."
  }
}
