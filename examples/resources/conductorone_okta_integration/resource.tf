variable "okta_domain" {
  description = "Host of the Okta org, such as acme.okta.com."
  type        = string
}

variable "okta_api_token" {
  description = "API token of the org. Ephemeral, so that no plan and no state contains it."
  type        = string
  ephemeral   = true
}

resource "conductorone_app" "okta" {
  display_name = "Okta"
}

resource "conductorone_okta_integration" "okta" {
  app_id = conductorone_app.okta.id
  domain = var.okta_domain
  owners = ["ada.admin@example.com"]

  api_token_wo         = var.okta_api_token
  api_token_wo_version = 1 # increment it whenever the token changes

  # Every plan verifies these permissions.
  required_capabilities = [
    "review_group_membership",
    "review_app_assignment",
    "provision_app_assignment",
  ]

  skip_inactive_apps = true

  timeouts {
    create = "1h"
  }
}

# Without domain and token, the owner completes the setup in ConductorOne.
resource "conductorone_okta_integration" "delegated" {
  app_id      = conductorone_app.okta.id
  description = "Set up by its owner"
  owners      = ["conrad.connector@example.com"]
}
