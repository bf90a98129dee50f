"""In or out of warranty: computed from what was bought and registered, never typed."""
