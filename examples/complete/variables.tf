variable "name" {
  description = "Name of the app in ConductorOne."
  type        = string
  default     = "Okta"
}

variable "okta_domain" {
  description = "Domain of the Okta org, such as acme.okta.com, with or without https://."
  type        = string
}

variable "okta_api_token" {
  description = "API token of the org. Stored in no plan and no state."
  type        = string
  ephemeral   = true
}

variable "okta_api_token_version" {
  description = "Version of the token. Increment it whenever the token changes; otherwise the new token is not sent."
  type        = number
  default     = 1
}

variable "owners" {
  description = "Emails or IDs of the ConductorOne users who own the connector."
  type        = set(string)

  validation {
    condition     = length(var.owners) > 0
    error_message = "ConductorOne notifies the owners when syncs fail. Set at least one owner."
  }
}

variable "provisions" {
  description = "Set to true if ConductorOne grants and revokes access in Okta, or to false if it only reviews. Every plan verifies the token's permissions."
  type        = bool
  default     = false
}

variable "skip_inactive_apps" {
  description = "Omit apps that are inactive in Okta."
  type        = bool
  default     = true
}
