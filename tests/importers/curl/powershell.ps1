curl "https://api.acme.example/items" `
  -H "X-Api-Key: %KEY%" `
  -d "a=1"
