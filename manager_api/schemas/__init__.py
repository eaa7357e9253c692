"""Bodies of the bot manager API, one module for each resource. The OpenAPI document is made from them."""
