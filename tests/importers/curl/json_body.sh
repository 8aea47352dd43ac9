$ curl -X PUT "https://$SHOP.example.com/api/orders/1017/lines/3" -u "api:$SHOP_KEY" --json '{
  "sku": "A-1", "price": 1.50, "count": 2, "gift": true, "note": null,
  "ship": {"name": "Ann", "note": "door"}, "tags": ["new"], "parts": [], "password": "hunter2hunter2"
}' | jq .
