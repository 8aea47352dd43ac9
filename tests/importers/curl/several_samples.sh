curl https://api.acme.example/users/1001
curl https://api.acme.example/users/1002
curl -XDELETE https://api.acme.example/users/1002 -H 'X-Trace: on'
curl https://api.acme.example/orders/77/cancel -d '' -X POST
curl https://other.example/status
