curl https://acme.example/login -b 'session=s3cr3tsessionvalue9; theme=dark; _ga=GA1' --data-urlencode 'q=a&b=c' -d n=1 -d n=2
curl https://acme.example/login --data-raw '@not-a-file' -H 'Content-Type: text/plain; charset=utf-8'
