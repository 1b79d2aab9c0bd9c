variable "okta_domain" {
  description = "Host of the Okta org, such as acme.okta.com."
  type        = string
}

variable "okta_api_token" {
  description = "API token of the org. Ephemeral, so that neither a plan nor the state holds it."
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
  api_token_wo_version = 1 # count it up with each new token

  # Every plan holds the token to this.
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

# Without domain and token, somebody else finishes the connector in ConductorOne.
resource "conductorone_okta_integration" "delegated" {
  app_id      = conductorone_app.okta.id
  description = "Set up by its owner"
  owners      = ["conrad.connector@example.com"]
}
