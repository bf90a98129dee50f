"""What-if (D8): past tickets replayed against other policies, calendars or staffed hours."""
