"""The `llm` brain: asks a model, of which it believes nothing. Which model, where and how is the seat's profile's say.

    brain ──► modes, briefing, prompt ──► agent ──► transport ──► the provider
      ▲                                              │ no later than the deadline
      └──────────── answer ◄─────────────────────────┘

Only `agent` and `transport` import what is large (deepagents, langchain, openai), and who imports them does with them.
"""
