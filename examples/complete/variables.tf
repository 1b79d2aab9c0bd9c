variable "name" {
  description = "Name of the app in ConductorOne."
  type        = string
  default     = "Okta"
}

variable "okta_domain" {
  description = "Okta org, such as acme.okta.com. With or without https://."
  type        = string
}

variable "okta_api_token" {
  description = "API token of the org. Kept in no plan and no state."
  type        = string
  ephemeral   = true
}

variable "okta_api_token_version" {
  description = "Count it up with each new token; otherwise the new token is not sent."
  type        = number
  default     = 1
}

variable "owners" {
  description = "Emails or IDs of the ConductorOne users who own the connector."
  type        = set(string)

  validation {
    condition     = length(var.owners) > 0
    error_message = "A connector needs somebody who is told when its syncs fail. Name an owner."
  }
}

variable "provisions" {
  description = "Whether ConductorOne grants and revokes access in Okta, or reviews only. Every plan holds the token to it."
  type        = bool
  default     = false
}

variable "skip_inactive_apps" {
  description = "Leave out apps that are inactive in Okta."
  type        = bool
  default     = true
}
