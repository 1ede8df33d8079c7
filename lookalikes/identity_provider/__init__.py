"""A look-alike of an identity provider: access tokens by OAuth 2.0, keys as a JWK Set."""
