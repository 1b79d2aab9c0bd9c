terraform {
  # Required for ephemeral variables and write-only arguments.
  required_version = ">= 1.11"

  required_providers {
    conductorone = {
      source  = "terraform.local/conductorone-okta/conductorone"
      version = "~> 0.1"
    }
  }
}
