"""The `llm` brain: asks a model, of which it believes nothing. Which model, where and how is the seat's profile's say.

    brain ──► briefing, prompt ──► calls ──► agent ──► transport ──► the provider
      ▲                              │ no later than the deadline
      └──────────── answer ◄─────────┘

Only `agent` and `transport` import what is large (deepagents, langchain, openai); nothing else here does.
"""
