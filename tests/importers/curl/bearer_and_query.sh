# list the open issues
curl -sSL 'https://api.acme.example/v1/repos/42/issues?state=open&per_page=50&label=bug&label=help' \
  -H 'Accept: application/json' \
  -H 'Authorization: Bearer YOUR_API_TOKEN'
