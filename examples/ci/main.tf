variable "okta_domain" {
  description = "Domain of the Okta org, such as acme.okta.com."
  type        = string
}

variable "okta_api_token" {
  description = "API token of the org, from the pipeline's secrets."
  type        = string
  ephemeral   = true
}

module "okta" {
  source = "../complete"

  okta_domain    = var.okta_domain
  okta_api_token = var.okta_api_token
  owners         = ["ada.admin@example.com"]
  provisions     = true
}
