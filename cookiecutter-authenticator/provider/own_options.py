    "<< cls >>": OwnOptions(
        "<< module >>_user",
        own={
            "<< module >>_url": Option(
                Unicode,
                "https://<< name >>.example",
                (({"<< variable >>_URL": "https://other.example"}, "https://other.example"),),
            ),
<%- if not openid %>
            "allowed_<< module >>_groups": Option(Set, set()),
<%- endif %>
        },
        defaults={
<%- if openid %>
            "issuer": "https://<< name >>.example",
            "scope": ["openid", "profile", "email", "groups"],
            "username_claim": "preferred_username",
            "auth_state_groups_key": "<< module >>_user.groups",
<%- else %>
            "authorize_url": "https://<< name >>.example/oauth/authorize",
            "token_url": "https://<< name >>.example/oauth/token",
            "userdata_url": "https://<< name >>.example/api/user",
            "scope": ["read_user", "read_groups"],
            "username_claim": "login",
<%- endif %>
            "login_service": "<< title >>",
        },
        fixed=OF_GENERIC,
        client_variables="<< variable >>",
    ),
