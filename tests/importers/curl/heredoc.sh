TOKEN=abc sudo curl https://acme.example/notes -H "Content-Type: application/json" -d @- <<'EOF'
{"text": "it's $5", "at": "2024-01-01"}
EOF
curl https://acme.example/words --data-binary $'tab\there \u00e9' -H 'Content-Type: text/plain'
