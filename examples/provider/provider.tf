terraform {
  required_version = ">= 1.11"

  required_providers {
    conductorone = {
      source  = "terraform.local/conductorone-okta/conductorone"
      version = "~> 0.1"
    }
  }
}

# Reads tenant and credentials from CONDUCTORONE_CLIENT_ID and CONDUCTORONE_CLIENT_SECRET.
provider "conductorone" {}
