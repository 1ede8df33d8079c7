"""Look-alike of Stripe, as far as Checkout, its payments, their refunds and webhooks go."""
