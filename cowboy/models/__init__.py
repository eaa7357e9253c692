"""Settings of models: profiles, prompts, tracing, quotas."""
