# Two commands matter: `make run` and `make test`. Everything happens in .venv and var/.

BIN := $(or $(VENV),.venv)/bin
PY := $(BIN)/python
SOURCES := portal outlets registration
# Two workers suit the smallest machine; more cores: make test WORKERS=8
WORKERS ?= 2
PYTEST := $(PY) -m pytest -q -n $(WORKERS) --dist worksteal

# What a province would set; nothing is contacted.
PRODUCTION := SHIMING_SECRET_KEY=$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(60))') \
	SHIMING_MASTER_KEY=$$($(PY) -c 'import base64, os; print(base64.b64encode(os.urandom(32)).decode())') \
	SHIMING_ORIGIN=https://shiming.example SHIMING_HOSTS=shiming.example \
	SHIMING_DATABASE=postgres://shiming@db.example/shiming SHIMING_BROKER=redis://broker.example/0

.PHONY: help run test lint types test-sqlite test-postgres test-browser bench bench-check gameday prod-check shots bridge rules messages clean

help:
	@echo 'make run     启动整套系统（网站、任务、演示柜台） · start everything'
	@echo 'make test    全部检查与测试 · all checks and tests'
	@echo 'make lint    只做检查 · checks only'
	@echo 'make bench   性能数字 · performance figures: make bench NAME=submit'
	@echo 'make bench-check  与存档的比值对照 · figures against those on file, 20 % worse fails'
	@echo 'make gameday      边办业务边弄坏各部分 · breaks every part under load, counts losses'
	@echo 'make prod-check   照部署文档装一套真的，走一遍 · boots the documented set-up and uses it'
	@echo 'make shots   重新生成文档截图 · screenshots of the running demo'
	@echo 'make bridge  把读卡程序做成一个文件 · the reader program as one file for shop PCs'
	@echo 'make clean   删除虚拟环境和缓存，保留 var/ · remove .venv and caches, keep var/'

run:
	@sh .ci/venv requirements.txt
	@exec $(PY) manage.py serve $(ARGS)

test: lint test-sqlite test-postgres test-browser

lint: .dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/djade --check --target-version 5.2 $$(find templates -name '*.html')
	$(BIN)/djlint --lint --quiet templates
	SHIMING_TEST_DATABASE=sqlite://:memory: $(PY) manage.py makemigrations --check --dry-run \
		--settings tests.settings
	$(PRODUCTION) $(PY) manage.py check --deploy --fail-level WARNING
	$(BIN)/mypy $(SOURCES) tests manage.py

test-sqlite: .dev
	SHIMING_TEST_DATABASE=sqlite $(PYTEST) -m 'not browser' --cov --cov-report=term

test-postgres: .dev
	SHIMING_TEST_DATABASE=postgres $(PYTEST) -m 'not browser'

# Chromium is fetched if it can be; without it the browser tests are skipped and say so.
test-browser: .dev
	@$(PY) -m tests.chromium || test "$$SHIMING_NO_SKIP" != 1
	SHIMING_TEST_DATABASE=postgres $(PYTEST) -m browser tests/browser

bench: .dev
	$(PY) manage.py bench $(NAME) $(ARGS)

bench-check: .dev
	$(PY) manage.py benchcheck $(ARGS)

gameday: .dev
	$(PY) manage.py gameday $(ARGS)

prod-check: .dev
	$(PY) manage.py prodcheck

bridge:
	@sh .ci/venv requirements.txt
	@$(PY) -m outlets.bridge.build

shots: .dev
	$(PY) -m tests.browser.shots $(ARGS)

# docs/rules.md is made of the code; a test holds it to that.
rules: .dev
	SHIMING_TEST_DATABASE=sqlite://:memory: $(PY) manage.py rules --write --settings tests.settings

messages: .dev
	$(PY) manage.py makemessages --all --no-location --no-obsolete --settings tests.settings \
		--ignore 'tests/*' --ignore 'var/*' --ignore 'requirements*.txt'

clean:
	rm -rf $(or $(VENV),.venv) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	rm -rf .coverage* htmlcov test-results

.PHONY: .dev
.dev:
	@sh .ci/venv requirements-dev.txt
