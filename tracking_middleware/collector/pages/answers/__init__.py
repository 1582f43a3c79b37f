"""The pages that answer analysts' questions, the same over a store and over a file of journeys."""
