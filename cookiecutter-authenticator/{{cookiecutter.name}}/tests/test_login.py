{% include cookiecutter.kind ~ "/test_login.py" -%}
