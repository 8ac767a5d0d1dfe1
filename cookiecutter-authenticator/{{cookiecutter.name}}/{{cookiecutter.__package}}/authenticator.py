{% include cookiecutter.kind ~ "/authenticator.py" -%}
