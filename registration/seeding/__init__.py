"""Fill a PostgreSQL with a country that is made up, by COPY: what pages and plans are judged on."""
