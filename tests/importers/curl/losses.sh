curl -k --proxy http://proxy:3128 --bogus -H @headers.txt 'acme.example/files/[1-3].txt'
curl -X PROPFIND https://acme.example/dav
curl ftp://acme.example/file
curl https://acme.example/upload -d @body.json -H 'Content-Type: application/json'
curl “https://acme.example/smart”
curl https://acme.example/x -H "X-Time: $(date)" -H "bad header: 1"
