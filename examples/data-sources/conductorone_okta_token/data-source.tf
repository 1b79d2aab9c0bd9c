variable "okta_domain" {
  description = "Host of the Okta org, such as acme.okta.com."
  type        = string
}

variable "okta_api_token" {
  description = "API token of the org. A data source stores it in the state as plain text."
  type        = string
  sensitive   = true
}

data "conductorone_okta_token" "okta" {
  domain    = var.okta_domain
  api_token = var.okta_api_token
}

# Least privilege: a token for reviews should not be able to change Okta.
check "okta_token_only_reads" {
  assert {
    condition = alltrue([
      for capability in ["provision_group_membership", "provision_app_assignment"] :
      data.conductorone_okta_token.okta.capabilities[capability] == "no"
    ])
    error_message = "${data.conductorone_okta_token.okta.owner} can change Okta, and reviews need no such rights."
  }
}

output "okta_token_capabilities" {
  value = data.conductorone_okta_token.okta.capabilities
}
