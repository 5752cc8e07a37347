"""Settings of a centre whose clock stands still, as TOML: to be filled in by `format(home=…, time=…)`."""

STANDING = """
[store]
url = "sqlite:///{home}/store.db"
[clock]
start = "2021-12-10T{time}:00+07:00"
speed = 0.0
"""
# A one-stop at an address where nobody answers.
ONE_STOP = """
[[sources]]
name = "motcua"
dialect = "dvcqg"
base_url = "http://127.0.0.1:9/dvcqg"
expected_age = "5m"
"""
