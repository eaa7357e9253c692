"""The `llm` brain: asks the model of the seat's profile, and validates everything that it answers.

    brain ──► modes, briefing, prompt ──► agent ──► transport ──► the provider
      ▲                                              │ no later than the deadline
      └──────────── answer ◄─────────────────────────┘

Only `agent` and `transport` import the large libraries (deepagents, langchain, openai), and so does everything that
imports these two.
"""

LLM = "llm"
"""Its name."""
