curl.exe ^"https://api.acme.example/v2/items?q=50^%^ off^&n=1^" ^
  -H ^"Content-Type: application/json^" ^
  --data-raw ^"^{^\^"name^\^":^\^"a b^\^"^}^"
