"""`tickertape sessions`: its arguments (`commands`), what each does (`actions`), what lists print (`lists`)."""
