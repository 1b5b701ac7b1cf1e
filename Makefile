# dnsgap: builds everything, and two commands for people:
#   make demo    sets up, builds, analyses a sample, prints the report
#   make check   sets up, builds, runs every test
# Plain GNU make.  VARIANT chooses a set of compiler flags, each built in a
# folder of its own: release (default), asan, fuzz.

VERSION := $(shell sed -n 's/.*DNSGAP_VERSION "\(.*\)".*/\1/p' include/dnsgap/version.h)
SOVERSION := 0
VARIANT ?= release
B := build/$(VARIANT)

PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
DESTDIR ?=

CC ?= gcc
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wformat=2 -Wundef -Wvla
CPPFLAGS += -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Iinclude -Ianalyzer -I$(B)/gen
CFLAGS += -std=c11 -g -fPIC -fvisibility=hidden $(WARNINGS)

ifeq ($(VARIANT),release)
CFLAGS += -O2 -fstack-protector-strong
CPPFLAGS += -D_FORTIFY_SOURCE=2
LDFLAGS += -Wl,-z,relro,-z,now
else ifeq ($(VARIANT),asan)
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS += -O1 $(SANITIZE)
LDFLAGS += $(SANITIZE)
else ifeq ($(VARIANT),fuzz)
CC := clang
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS += -O1 $(SANITIZE) -fsanitize=fuzzer-no-link
LDFLAGS += $(SANITIZE)
else
$(error VARIANT is $(VARIANT); known are release, asan, fuzz)
endif

LIBS := -lpcap -lldns -ljansson -larchive -lcrypto -lpsl -lz -lm

# Of the program only: its sandbox is not the library's.
PROGRAM_LIBS := -lseccomp -lcap-ng -pthread

LIB_SOURCES := $(filter-out analyzer/cli/% analyzer/live/%,$(wildcard analyzer/*/*.c))
LIVE_SOURCES := $(wildcard analyzer/live/*.c)
CLI_SOURCES := $(wildcard analyzer/cli/*.c) $(LIVE_SOURCES)
UNIT_SOURCES := $(wildcard tests/unit/*.c)
SUPPORT_SOURCES := $(wildcard tests/support/*.c)
MKPCAP_SOURCES := $(wildcard tools/mkpcap/*.c)
BENCH_DIAGNOSE_SOURCES := $(wildcard bench/diagnose/*.c)
FUZZ_SOURCES := $(wildcard fuzz/fuzz_*.c)

# `make V=1` shows the commands.
Q := $(if $(V),,@)
say = @printf '  %-6s %s\n' $(1) $@

objects = $(patsubst %.c,$(B)/%.o,$(1))
LIB_OBJECTS := $(call objects,$(LIB_SOURCES))
CLI_OBJECTS := $(call objects,$(CLI_SOURCES))
SUPPORT_OBJECTS := $(call objects,$(SUPPORT_SOURCES))
SCENARIO_OBJECTS := $(patsubst tests/%.c,$(B)/%.o,$(wildcard tests/scenario/*.c))
UNIT_PROGRAMS := $(patsubst tests/unit/%.c,$(B)/tests/unit_%,$(UNIT_SOURCES))
REPLAY_PROGRAMS := $(patsubst fuzz/fuzz_%.c,$(B)/tests/replay_%,$(FUZZ_SOURCES))
FUZZ_PROGRAMS := $(patsubst fuzz/fuzz_%.c,$(B)/fuzz_%,$(FUZZ_SOURCES))
TEST_PROGRAMS := $(UNIT_PROGRAMS) $(REPLAY_PROGRAMS) $(B)/tests/scenario $(B)/tests/readers \
	$(B)/tests/split $(B)/tests/cuts $(B)/tests/render $(B)/tests/pseudonyms \
	$(B)/tests/anonymised $(B)/tests/evidence $(B)/tests/terminal \
	$(B)/tests/keep

# The program the tests use, with the tools beside it.
PROGRAMS := $(B)/dnsgap $(B)/libdnsgap.a $(B)/libdnsgap.so.$(SOVERSION)
TOOLS := $(B)/mkpcap $(B)/bare $(B)/bench-micro $(B)/allocations.so $(B)/bench-diagnose

.PHONY: all tools tests demo check check-sanitize check-live lint fuzz bench bench-diagnose samples install uninstall \
	clean help setup-build setup-check run-tests golden

all: $(PROGRAMS) build/dnsgap

help:
	@sed -n 's/^#  *\(make .*\)/\1/p' Makefile

tools: $(TOOLS)
tests: all tools $(TEST_PROGRAMS)

# --- the two commands -------------------------------------------------------

setup-build:
	@sh tools/setup build

setup-check:
	@sh tools/setup check

setup-live:
	@sh tools/setup check-live
.PHONY: setup-live

demo: setup-build
	@$(MAKE) --no-print-directory all
	@echo
	build/dnsgap read --text samples/pcaps/low-ports.pcap

check: setup-check
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory $(many) tests
	@$(MAKE) --no-print-directory run-tests

check-sanitize: setup-check
	@$(MAKE) --no-print-directory VARIANT=asan $(many) tests
	@$(MAKE) --no-print-directory VARIANT=asan run-tests

# Sniffing, in network namespaces that the tests make themselves.
check-live: setup-live
	@$(MAKE) --no-print-directory $(many) all tools
	python3 tests/run.py --live --build $(B) $(RUN)

# As many compilers as there are cores, unless make was told how many.
many = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))

# RUN passes options, such as `--jobs 1` or `--only NAME`.
run-tests:
	python3 tests/run.py --build $(B) $(RUN)

# Rewrites the golden reports; look at the difference before you commit it.
golden: tests
	python3 tests/golden/run.py --build $(B) --update
	python3 tests/golden/examples.py --build $(B) --update >/dev/null

# --- the library and the program -------------------------------------------

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

# Not under tests/: the program has the folder's name.
$(B)/anonymised/%.o: tests/anonymised/%.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(B)/scenario/%.o: tests/scenario/%.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(B)/readers/%.o: tests/readers/%.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(B)/render/%.o: tests/render/%.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(B)/split/%.o: tests/split/%.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(B)/cuts/%.o: tests/cuts/%.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(B)/evidence/%.o: tests/evidence/%.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(B)/keep/%.o: tests/keep/%.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(B)/terminal/%.o: tests/terminal/%.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(B)/pseudonyms/%.o: tests/pseudonyms/%.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(B)/tests/% $(B)/tests/support/%.o $(B)/tools/mkpcap/%.o $(B)/fuzz/%.o $(B)/scenario/%.o: \
	CPPFLAGS += -Itests/support -Itests

# The schemas, as bytes of C arrays.
$(B)/gen/schema_bytes.h: analyzer/report/report.schema.json
	@mkdir -p $(@D)
	od -An -v -tu1 $< | sed 's/\([0-9][0-9]*\)/\1,/g' > $@
$(B)/gen/line_schema_bytes.h: analyzer/report/line.schema.json
	@mkdir -p $(@D)
	od -An -v -tu1 $< | sed 's/\([0-9][0-9]*\)/\1,/g' > $@
# The HTML report's style, and its SHA-256 as the page's policy names it.
$(B)/gen/style_bytes.h: analyzer/report/style.css
	@mkdir -p $(@D)
	od -An -v -tu1 $< | sed 's/\([0-9][0-9]*\)/\1,/g' > $@
$(B)/gen/style_hash.h: analyzer/report/style.css
	@mkdir -p $(@D)
	printf '"sha256-%s"\n' "$$(sha256sum < $< | cut -c1-64 | tr a-f A-F | \
		basenc --base16 -d | base64 -w0)" > $@
$(B)/analyzer/report/html_style.o: $(B)/gen/style_bytes.h $(B)/gen/style_hash.h
$(B)/analyzer/report/schema.o: $(B)/gen/schema_bytes.h $(B)/gen/line_schema_bytes.h

# Everything under its own names, for the tests.
$(B)/libinner.a: $(LIB_OBJECTS)
	@rm -f $@
	$(call say,AR)
	$(Q)ar rcs $@ $^

# One object in which all but the public names are local.
$(B)/libdnsgap.a: $(LIB_OBJECTS)
	@rm -f $@
	$(Q)ld -r -o $(B)/dnsgap-all.o $^
	$(Q)objcopy --localize-hidden $(B)/dnsgap-all.o
	$(call say,AR)
	$(Q)ar rcs $@ $(B)/dnsgap-all.o

$(B)/libdnsgap.so.$(SOVERSION): $(LIB_OBJECTS)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-soname,libdnsgap.so.$(SOVERSION) -o $@ $^ $(LIBS)

# The program has base/ of its own: the library shows nothing but its API.
$(B)/dnsgap: $(CLI_OBJECTS) $(call objects,$(wildcard analyzer/base/*.c)) $(B)/libdnsgap.a
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS) $(PROGRAM_LIBS)

build/dnsgap: $(B)/dnsgap
ifeq ($(VARIANT),release)
	ln -sf release/dnsgap $@
endif

# --- tools and tests --------------------------------------------------------

$(B)/mkpcap: $(call objects,$(MKPCAP_SOURCES)) $(B)/tests/support/pkt.o
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lm

$(B)/bare: $(B)/bench/bare.o
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lpcap

$(B)/bench-cuts: $(B)/bench/cuts.o $(B)/libdnsgap.a
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/bench-micro: $(B)/bench/micro.o $(B)/libinner.a
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/allocations.so: $(B)/bench/allocations.o
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -shared -o $@ $^

$(B)/bench-diagnose: $(call objects,$(BENCH_DIAGNOSE_SOURCES)) $(B)/libinner.a
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

# An archive: what needs cmocka is linked by those that use it only.
$(B)/libsupport.a: $(SUPPORT_OBJECTS)
	$(call say,AR)
	$(Q)rm -f $@ && ar rcs $@ $^

$(B)/tests/unit_%: $(B)/tests/unit/%.o $(B)/libsupport.a $(B)/libinner.a
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka $(LIBS)

# Those of the room that the library does not have.
LIVE_OBJECTS := $(call objects,$(LIVE_SOURCES))
$(B)/tests/unit_live_%: $(B)/tests/unit/live_%.o $(LIVE_OBJECTS) $(B)/libsupport.a $(B)/libinner.a
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka $(LIBS) $(PROGRAM_LIBS)

# Their own malloc() fails when it is told to.
$(B)/tests/unit_cut $(B)/tests/unit_diagnose_memory $(B)/tests/unit_report_memory \
$(B)/tests/unit_html_memory: \
	LDFLAGS += -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc \
	-Wl,--wrap=aligned_alloc

$(B)/tests/scenario: $(SCENARIO_OBJECTS) $(B)/libsupport.a $(B)/libinner.a
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/tests/readers: $(B)/readers/readers.o $(B)/libinner.a
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

# Its own dg_diagnose() looks at what the diagnosis is made of.
$(B)/tests/split: LDFLAGS += -Wl,--wrap=dg_diagnose
$(B)/tests/split: $(B)/split/split.o $(B)/libinner.a
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/tests/cuts: $(B)/cuts/cuts.o $(B)/libinner.a
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/tests/evidence: $(B)/evidence/evidence.o $(B)/libdnsgap.a
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/tests/pseudonyms: $(B)/pseudonyms/pseudonyms.o $(B)/libinner.a
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/tests/keep: $(B)/keep/keep.o $(LIVE_OBJECTS) $(B)/libinner.a
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS) $(PROGRAM_LIBS)

$(B)/tests/terminal: $(B)/terminal/terminal.o $(LIVE_OBJECTS) $(B)/libinner.a
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS) $(PROGRAM_LIBS)

$(B)/tests/render: $(B)/render/render.o $(B)/libinner.a
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/tests/anonymised: $(B)/anonymised/anonymised.o $(B)/libinner.a
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/tests/replay_%: $(B)/fuzz/fuzz_%.o $(B)/fuzz/replay.o $(B)/libsupport.a $(B)/libinner.a
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/fuzz_%: $(B)/fuzz/fuzz_%.o $(B)/libsupport.a $(B)/libinner.a
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LIBS)

# Each target for SECONDS (60 when not said); what it finds lands in build/fuzz.
SECONDS ?= 60
fuzz:
	@sh tools/setup fuzz
	@$(MAKE) --no-print-directory VARIANT=fuzz fuzz-programs
	sh fuzz/run.sh $(SECONDS)
.PHONY: fuzz-programs
fuzz-programs: $(FUZZ_PROGRAMS)

lint:
	python3 tools/check-layers
	python3 tools/check-style
	python3 tools/check-docs

bench: all tools
	python3 bench/run.py --program "build/dnsgap read" --mkpcap $(B)/mkpcap --bare $(B)/bare \
	    --allocations $(B)/allocations.so --others 100k --calls 100k,1M $(BENCH)

# The parts of the way of a packet, each against a plain loop.
bench-micro: $(B)/bench-micro
	$(B)/bench-micro

# Instructions of each stage against bench/instructions.json; BENCH_INSTRUCTIONS=--record.
bench-instructions: $(B)/dnsgap $(B)/mkpcap
	python3 bench/instructions.py --program $(B)/dnsgap --mkpcap $(B)/mkpcap \
	    --compiler "$(CC)" $(BENCH_INSTRUCTIONS)
.PHONY: bench-micro bench-instructions

# What a cut costs: servers, clients, transactions that are over, and open ones.
BENCH_CUTS ?= 100000 1000 2000000 0
bench-cuts: $(B)/bench-cuts
	$(B)/bench-cuts $(BENCH_CUTS)
.PHONY: bench-cuts

# How often the diagnosis of ports is right; BENCH_DIAGNOSE passes options.
bench-diagnose: $(B)/bench-diagnose
	$(B)/bench-diagnose $(BENCH_DIAGNOSE)

# False alarms of the whole program; BENCH_CAPTURES passes options.
bench-captures: $(B)/dnsgap $(B)/mkpcap
	python3 bench/diagnose/captures.py --program $(B)/dnsgap --mkpcap $(B)/mkpcap \
	    $(BENCH_CAPTURES)
.PHONY: bench-captures

samples: setup-samples
	sh samples/lab/all.sh
.PHONY: setup-samples
setup-samples:
	@sh tools/setup samples

# --- installation -----------------------------------------------------------

# Where systemd looks for units and users: below /usr, /usr/local and /etc.
UNITDIR ?= $(PREFIX)/lib/systemd/system
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d

INSTALL ?= install
install: all
	$(INSTALL) -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(LIBDIR)/pkgconfig \
		$(DESTDIR)$(PREFIX)/include/dnsgap $(DESTDIR)$(PREFIX)/share/man/man1 \
		$(DESTDIR)$(PREFIX)/share/dnsgap \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions \
		$(DESTDIR)$(PREFIX)/share/zsh/site-functions \
		$(DESTDIR)$(UNITDIR) $(DESTDIR)$(SYSUSERSDIR)
	$(INSTALL) -m 755 $(B)/dnsgap $(DESTDIR)$(PREFIX)/bin/dnsgap
	$(INSTALL) -m 644 $(B)/libdnsgap.a $(DESTDIR)$(LIBDIR)/libdnsgap.a
	$(INSTALL) -m 644 $(B)/libdnsgap.so.$(SOVERSION) $(DESTDIR)$(LIBDIR)/libdnsgap.so.$(SOVERSION)
	ln -sf libdnsgap.so.$(SOVERSION) $(DESTDIR)$(LIBDIR)/libdnsgap.so
	$(INSTALL) -m 644 include/dnsgap/*.h $(DESTDIR)$(PREFIX)/include/dnsgap/
	sed -e 's|/usr/local/share/|$(PREFIX)/share/|' -e 's|/usr/local/bin/|$(PREFIX)/bin/|' docs/man/dnsgap.1 \
		> $(DESTDIR)$(PREFIX)/share/man/man1/dnsgap.1
	chmod 644 $(DESTDIR)$(PREFIX)/share/man/man1/dnsgap.1
	$(INSTALL) -m 644 analyzer/report/report.schema.json analyzer/report/line.schema.json \
		$(DESTDIR)$(PREFIX)/share/dnsgap/
	$(INSTALL) -m 644 packaging/prometheus/dnsgap.rules.yml $(DESTDIR)$(PREFIX)/share/dnsgap/
	$(INSTALL) -m 644 packaging/completion/dnsgap.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/dnsgap
	$(INSTALL) -m 644 packaging/completion/_dnsgap \
		$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_dnsgap
	sed 's|/usr/local/bin/|$(PREFIX)/bin/|' packaging/dnsgap@.service \
		> $(DESTDIR)$(UNITDIR)/dnsgap@.service
	chmod 644 $(DESTDIR)$(UNITDIR)/dnsgap@.service
	$(INSTALL) -m 644 packaging/sysusers.d/dnsgap.conf $(DESTDIR)$(SYSUSERSDIR)/dnsgap.conf
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' -e 's|@VERSION@|$(VERSION)|' -e 's|@LIBS@|$(LIBS)|' \
		tools/dnsgap.pc.in > $(DESTDIR)$(LIBDIR)/pkgconfig/dnsgap.pc

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/dnsgap $(DESTDIR)$(LIBDIR)/libdnsgap.* \
		$(DESTDIR)$(LIBDIR)/pkgconfig/dnsgap.pc $(DESTDIR)$(PREFIX)/share/man/man1/dnsgap.1 \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/dnsgap \
		$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_dnsgap \
		$(DESTDIR)$(UNITDIR)/dnsgap@.service $(DESTDIR)$(SYSUSERSDIR)/dnsgap.conf
	rm -rf $(DESTDIR)$(PREFIX)/include/dnsgap $(DESTDIR)$(PREFIX)/share/dnsgap

clean:
	rm -rf build

-include $(shell find $(B) -name '*.d' 2>/dev/null)
.SECONDARY:
