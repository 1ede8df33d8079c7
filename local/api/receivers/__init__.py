"""Look-alikes of services that workers tell of alerts: nothing of it leaves this machine."""
