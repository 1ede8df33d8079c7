"""Look-alikes of Anthropic's Messages and OpenAI's chat completions."""
