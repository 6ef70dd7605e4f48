/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/outputs/announcer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "playout/outputs/sap.h"
#include "tests/fakes/own_network.h"
#include "tests/fakes/rtp_receiver.h"
#include "tests/fakes/sound.h"
#include "tests/fakes/temp_dir.h"
#include "tests/unit/playout/rtp_case.h"

/* A receiver that listens for announcements, of those in which its own port stands: other stations
 * may be about. */
struct listener {
    int fd;
    char own[32];
    uint8_t bytes[2048];
    size_t n;
    size_t n_head; /* before the description */
    int ttl;
    struct sockaddr_storage from;
};

static bool is_own_network;

static struct listener listen_to(const char *group, int port)
{
    struct listener listener = {.n = 0};
    bool six = strchr(group, ':') != NULL;
    int one = 1;
    struct sockaddr_in in4 = {.sin_family = AF_INET, .sin_port = htons(SAP_PORT)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(SAP_PORT)};
    struct ip_mreqn four_at = {.imr_ifindex = (int)if_nametoindex("lo")};
    struct ipv6_mreq six_at = {.ipv6mr_interface = if_nametoindex("lo")};
    snprintf(listener.own, sizeof listener.own, "m=audio %d ", port);
    listener.fd = socket(six ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(setsockopt(listener.fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one), 0);
    if (six) {
        assert_int_equal(inet_pton(AF_INET6, group, &in6.sin6_addr), 1);
        six_at.ipv6mr_multiaddr = in6.sin6_addr;
        setsockopt(listener.fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &one, sizeof one);
        assert_int_equal(bind(listener.fd, (struct sockaddr *)&in6, sizeof in6), 0);
        assert_int_equal(setsockopt(listener.fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &six_at,
                                    sizeof six_at),
                         0);
        return listener;
    }
    assert_int_equal(inet_pton(AF_INET, group, &in4.sin_addr), 1);
    four_at.imr_multiaddr = in4.sin_addr;
    setsockopt(listener.fd, IPPROTO_IP, IP_RECVTTL, &one, sizeof one);
    assert_int_equal(bind(listener.fd, (struct sockaddr *)&in4, sizeof in4), 0);
    assert_int_equal(setsockopt(listener.fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &four_at,
                                sizeof four_at),
                     0);
    return listener;
}

static void take_any(struct listener *listener)
{
    char control[128];
    struct iovec place = {listener->bytes, sizeof listener->bytes - 1};
    struct msghdr message = {.msg_name = &listener->from,
                             .msg_namelen = sizeof listener->from,
                             .msg_iov = &place,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
    ssize_t n = recvmsg(listener->fd, &message, 0);
    assert_true(n > 0);
    listener->n = (size_t)n;
    listener->bytes[n] = '\0';
    listener->n_head = 4 + (listener->bytes[0] & 0x10 ? 16 : 4) + sizeof "application/sdp";
    for (struct cmsghdr *part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
        memcpy(&listener->ttl, CMSG_DATA(part), sizeof listener->ttl);
    }
}

/* The next announcement of the own port (deletes: deletion with that line), within 5 s. */
static bool hear(struct listener *listener, const char *deleted)
{
    struct pollfd ready = {.fd = listener->fd, .events = POLLIN};
    while (poll(&ready, 1, 5000) > 0) {
        take_any(listener);
        const char *text = (const char *)listener->bytes + listener->n_head;
        if (deleted ? strcmp(text, deleted) == 0 : strstr(text, listener->own) != NULL) {
            return true;
        }
    }
    return false;
}

static const char *text_of(const struct listener *listener)
{
    return (const char *)listener->bytes + listener->n_head;
}

/* The line of origin, with its end. */
static void origin_of(const struct listener *listener, char out[static 128])
{
    const char *at = strstr(text_of(listener), "o=");
    snprintf(out, 128, "%.*s", (int)(strstr(at, "\r\n") + 2 - at), at);
}

/* A port that nobody has just now. */
static int free_port(void)
{
    struct rtp_receiver *receiver = rtp_receiver_open("127.0.0.1", 0, NULL);
    int port = receiver->port & ~1;
    rtp_receiver_close(receiver);
    return port;
}

/* A station in its folder, with these outputs of lines "a", "b" … */
static struct station *station_in(const char *dir, const char *title, const char *const *outputs,
                                  size_t n_lines)
{
    char text[2048] = "[station]\ntimezone = Asia/Ho_Chi_Minh\n";
    for (size_t l = 0; l < n_lines; l++) {
        size_t n = strlen(text);
        snprintf(text + n, sizeof text - n, "[line %c]\ntitle = %s\noutput = %s\n", (char)('a' + l),
                 title, outputs[l]);
    }
    temp_dir_write(dir, "station.ini", text);
    struct station *station = NULL;
    struct findings findings = {0};
    if (station_load(dir, &station, &findings) < 0) {
        fail_msg("%s", findings.items[0].fault.text);
    }
    findings_finish(&findings);
    return station;
}

static void a_group_is_announced_byte_by_byte_and_taken_back_at_the_end(void **state)
{
    (void)state;
    char dir[TEMP_DIR_MAX];
    char group[96];
    char single[96];
    char silent[96];
    char origin[128];
    int port = free_port();
    struct announcer *announcer = NULL;
    static const uint8_t head[] = {0x20, 0};
    struct sockaddr_in from;
    temp_dir_make(dir);
    struct listener listener = listen_to("239.255.255.255", port);
    snprintf(single, sizeof single, "rtp://127.0.0.1:%d", port);
    snprintf(silent, sizeof silent, "rtp://239.255.77.2:%d?interface=lo&announce=no", port);
    snprintf(group, sizeof group, "rtp://239.255.77.1:%d?interface=lo&ttl=3&codec=l16", port);
    struct station *station =
        station_in(dir, "Xã Hà Thanh", (const char *[]){single, silent, group}, 3);
    assert_int_equal(announcer_open(station, &announcer, NULL), 0);
    assert_true(hear(&listener, NULL));
    assert_memory_equal(listener.bytes, head, 2);
    uint8_t hash[2] = {listener.bytes[2], listener.bytes[3]};
    assert_true(hash[0] || hash[1]);
    memcpy(&from, &listener.from, sizeof from);
    assert_memory_equal(listener.bytes + 4, &from.sin_addr, 4);
    assert_memory_equal(listener.bytes + 8, "application/sdp", 16);
    assert_int_equal(listener.ttl, 3);
    origin_of(&listener, origin);
    char address[64];
    snprintf(address, sizeof address, " IN IP4 %s\r\n", inet_ntoa(from.sin_addr));
    assert_non_null(strstr(origin, address));
    char meant[512];
    snprintf(
        meant, sizeof meant,
        "v=0\r\n%ss=Xã Hà Thanh\r\nt=0 0\r\nm=audio %d RTP/AVP 97\r\nc=IN IP4 239.255.77.1/3\r\n"
        "a=rtpmap:97 L16/48000/1\r\na=ptime:10\r\na=sendonly\r\n",
        origin, port);
    assert_string_equal(text_of(&listener), meant);
    announcer_close(announcer);
    assert_true(hear(&listener, origin)); /* and nothing of the others came before it */
    assert_int_equal(listener.bytes[0], 0x24);
    assert_int_equal(listener.bytes[1], 0);
    assert_memory_equal(listener.bytes + 2, hash, 2);
    assert_memory_equal(listener.bytes + 4, &from.sin_addr, 4);
    assert_memory_equal(listener.bytes + 8, "application/sdp", 16);
    /* Another start announces the same; another title is another version. */
    assert_int_equal(announcer_open(station, &announcer, NULL), 0);
    assert_true(hear(&listener, NULL));
    assert_string_equal(text_of(&listener), meant);
    assert_memory_equal(listener.bytes + 2, hash, 2);
    announcer_close(announcer);
    station_destroy(station);
    station = station_in(dir, "Xã Tiên Động", (const char *[]){group}, 1);
    assert_int_equal(announcer_open(station, &announcer, NULL), 0);
    assert_true(hear(&listener, NULL));
    assert_true(memcmp(listener.bytes + 2, hash, 2) != 0);
    announcer_close(announcer);
    station_destroy(station);
    close(listener.fd);
    temp_dir_remove(dir);
}

static void who_hears_of_a_group_plays_it(void **state)
{
    (void)state;
    char dir[TEMP_DIR_MAX];
    char to[96];
    int port = free_port();
    struct announcer *announcer = NULL;
    struct listener listener = listen_to("239.255.255.255", port);
    temp_dir_make(dir);
    snprintf(to, sizeof to, "rtp://239.255.77.3:%d?interface=lo&codec=l16", port);
    struct radio_case radio = radio_begin_in(dir, (const char *[]){to}, 1);
    assert_int_equal(announcer_open(radio.station, &announcer, NULL), 0);
    assert_true(hear(&listener, NULL));
    temp_dir_write(dir, "heard.sdp", text_of(&listener));
    struct sound sound = radio_heard_by_ffmpeg(&radio, dir, "-localaddr 127.0.0.1");
    sound_free(&sound);
    announcer_close(announcer);
    radio_end(&radio);
    close(listener.fd);
    temp_dir_remove(dir);
}

static void a_group_of_the_newer_address_is_heard_and_announced_in_its_scope(void **state)
{
    (void)state;
    char dir[TEMP_DIR_MAX];
    char to[96];
    char origin[128];
    struct announcer *announcer = NULL;
    if (!is_own_network) {
        print_message("no network of its own for this process: not tested\n");
        skip();
    }
    temp_dir_make(dir);
    struct rtp_receiver *receiver = rtp_receiver_open("ff15::7701", 0, "ff15::7701");
    struct listener listener = listen_to("ff05::2:7ffe", receiver->port);
    snprintf(to, sizeof to, "rtp://[ff15::7701]:%d?interface=lo&ttl=2", receiver->port);
    struct radio_case radio = radio_begin_in(dir, (const char *[]){to, to}, 2);
    radio.programmes[0] = radio.programmes[1] = 1;
    play(&radio, 40);
    assert_int_equal(rtp_receiver_take(receiver, 40, 3000), 40);
    assert_int_equal(rtp_receiver_unbroken(receiver, 960), 40);
    size_t n = 0;
    free(rtp_receiver_opus(receiver, 0, 40, 1, &n));
    assert_int_equal(n, 40 * N);
    assert_int_equal(announcer_open(radio.station, &announcer, NULL), 0);
    assert_true(hear(&listener, NULL));
    assert_int_equal(listener.bytes[0], 0x30);
    assert_memory_equal(listener.bytes + 4, &in6addr_loopback, 16);
    assert_memory_equal(listener.bytes + 20, "application/sdp", 16);
    assert_int_equal(listener.ttl, 2);
    origin_of(&listener, origin);
    assert_non_null(strstr(origin, " IN IP6 ::1\r\n"));
    assert_non_null(strstr(text_of(&listener), "\r\nc=IN IP6 ff15::7701\r\n"));
    announcer_close(announcer);
    assert_true(hear(&listener, origin));
    assert_int_equal(listener.bytes[0], 0x34);
    radio_end(&radio);
    assert_int_equal(rtp_receiver_take(receiver, 41, 100), 40); /* one packet for both lines */
    rtp_receiver_close(receiver);
    close(listener.fd);
    temp_dir_remove(dir);
}

static void every_scope_has_its_place_for_announcements(void **state)
{
    (void)state;
    static const char *const scopes[][2] = {
        {"239.255.1.1", "239.255.255.255"}, {"239.192.0.1", "239.195.255.255"},
        {"239.195.9.9", "239.195.255.255"}, {"239.196.0.1", "239.255.255.255"},
        {"239.23.0.10", "239.255.255.255"}, {"224.0.0.56", "224.0.0.255"},
        {"224.0.1.1", "224.2.127.254"},     {"233.252.0.1", "224.2.127.254"},
        {"ff02::5004", "ff02::2:7ffe"},     {"ff15::1", "ff05::2:7ffe"},
        {"ff18::1", "ff08::2:7ffe"},        {"ff3e:30:2001:db8::1", "ff0e::2:7ffe"},
    };
    for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++) {
        char text[INET6_ADDRSTRLEN];
        struct sockaddr_in four = {.sin_family = AF_INET};
        struct sockaddr_in6 six = {.sin6_family = AF_INET6};
        struct rtp_address stream = {.n_bytes = sizeof four};
        bool is_six = inet_pton(AF_INET6, scopes[i][0], &six.sin6_addr) == 1;
        assert_true(is_six || inet_pton(AF_INET, scopes[i][0], &four.sin_addr) == 1);
        memcpy(&stream.to, is_six ? (void *)&six : (void *)&four,
               is_six ? sizeof six : sizeof four);
        struct rtp_address group = sap_group_of(&stream);
        memcpy(&four, &group.to, sizeof four);
        memcpy(&six, &group.to, sizeof six);
        inet_ntop(is_six ? AF_INET6 : AF_INET,
                  is_six ? (void *)&six.sin6_addr : (void *)&four.sin_addr, text, sizeof text);
        assert_string_equal(text, scopes[i][1]);
        assert_int_equal(ntohs(is_six ? six.sin6_port : four.sin_port), 9875);
    }
}

static void announcements_come_every_five_minutes_and_stay_below_four_kilobits(void **state)
{
    (void)state;
    const int64_t second = 1000000000;
    assert_int_equal(sap_interval_ns(1, 400, 0), 200 * second);
    assert_true(llabs(sap_interval_ns(1, 400, UINT32_MAX) - 400 * second) < 1000);
    /* 1,200 of 500 bytes are 4.8 Mbit: 1,200 s at 4,000 bit/s */
    assert_int_equal(sap_interval_ns(1200, 500, 0), 800 * second);
    assert_true(llabs(sap_interval_ns(1200, 500, UINT32_MAX) - 1600 * second) < 1000);
    assert_true(llabs(sap_interval_ns(1200, 500, UINT32_MAX / 2) - 1200 * second) < 1000);
}

/* What lies in sdp/NAME; "": nothing. */
static void read_sdp(const char *dir, const char *name, char out[static 1024], struct stat *ret_st)
{
    char path[TEMP_DIR_MAX + 32];
    snprintf(path, sizeof path, "%s/sdp/%s", dir, name);
    FILE *file = fopen(path, "r");
    size_t n = file ? fread(out, 1, 1023, file) : 0;
    out[n] = '\0';
    *ret_st = (struct stat){0};
    if (file) {
        assert_int_equal(fstat(fileno(file), ret_st), 0);
        fclose(file);
    }
}

static void announce_once(struct station *station)
{
    struct announcer *announcer = NULL;
    assert_int_equal(announcer_open(station, &announcer, NULL), 0);
    announcer_close(announcer); /* which waits for the files */
    station_destroy(station);
}

static void files_follow_the_lines_of_the_station(void **state)
{
    (void)state;
    static const char one[] = "rtp://127.0.0.1:5004";
    static const char two[] = "rtp://127.0.0.1:5006?codec=pcmu, null:";
    char dir[TEMP_DIR_MAX];
    char a[2][1024];
    char b[2][1024];
    char other[1024];
    struct stat of_a[2];
    struct stat st;
    temp_dir_make(dir);
    announce_once(station_in(dir, "Một", (const char *[]){one, two, "null:"}, 3));
    read_sdp(dir, "a.sdp", a[0], &of_a[0]);
    read_sdp(dir, "b.sdp", b[0], &st);
    assert_non_null(strstr(a[0], "s=Một\r\n"));
    assert_non_null(strstr(a[0], "m=audio 5004 RTP/AVP 96\r\n"));
    assert_non_null(strstr(b[0], "m=audio 5006 RTP/AVP 0\r\n"));
    read_sdp(dir, "c.sdp", other, &st);
    assert_string_equal(other, "");
    temp_dir_write(dir, "sdp/cua-toi.sdp", "v=0\r\no=toi 1 1 IN IP4 10.0.0.1\r\n");
    /* What says the same is not written again. */
    announce_once(station_in(dir, "Một", (const char *[]){one, "rtp://127.0.0.1:5008"}, 2));
    read_sdp(dir, "a.sdp", a[1], &of_a[1]);
    read_sdp(dir, "b.sdp", b[1], &st);
    assert_string_equal(a[0], a[1]);
    assert_int_equal(of_a[0].st_ino, of_a[1].st_ino);
    assert_non_null(strstr(b[1], "m=audio 5008 RTP/AVP 96\r\n"));
    /* A line that is gone, or goes out in other ways. */
    announce_once(station_in(dir, "Một", (const char *[]){"null:"}, 1));
    read_sdp(dir, "a.sdp", other, &st);
    assert_string_equal(other, "");
    read_sdp(dir, "b.sdp", other, &st);
    assert_string_equal(other, "");
    read_sdp(dir, "cua-toi.sdp", other, &st);
    assert_non_null(strstr(other, "o=toi"));
    temp_dir_remove(dir);
}

static bool wait_for_fault(struct announcer *announcer, struct fault *ret_fault)
{
    for (int i = 0; i < 2500; i++) {
        if (announcer_take_fault(announcer, ret_fault)) {
            return true;
        }
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    }
    return false;
}

static void what_cannot_be_announced_or_written_is_told_of(void **state)
{
    (void)state;
    static const char nowhere[] = "rtp://239.255.77.4:5004?interface=loa-none";
    char dir[TEMP_DIR_MAX];
    struct announcer *announcer = NULL;
    struct fault fault;
    temp_dir_make(dir);
    struct station *station =
        station_in(dir, "Một", (const char *[]){nowhere, nowhere, nowhere}, 3);
    assert_int_equal(announcer_open(station, &announcer, NULL), 0);
    assert_true(wait_for_fault(announcer, &fault));
    assert_int_equal(fault.err, ENODEV);
    assert_non_null(strstr(fault.text, "line a"));
    assert_non_null(strstr(fault.text, "announce=no"));
    announcer_close(announcer);
    station_destroy(station);
    station = station_in(dir, "Hai", (const char *[]){"rtp://127.0.0.1:5004"}, 1);
    temp_dir_remove(dir); /* and a file stands in the folder's place */
    FILE *file = fopen(dir, "w");
    assert_non_null(file);
    fclose(file);
    assert_int_equal(announcer_open(station, &announcer, NULL), 0);
    assert_true(wait_for_fault(announcer, &fault));
    assert_int_equal(fault.err, ENOTDIR);
    announcer_close(announcer);
    station_destroy(station);
    remove(dir);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_group_is_announced_byte_by_byte_and_taken_back_at_the_end),
        cmocka_unit_test(who_hears_of_a_group_plays_it),
        cmocka_unit_test(a_group_of_the_newer_address_is_heard_and_announced_in_its_scope),
        cmocka_unit_test(every_scope_has_its_place_for_announcements),
        cmocka_unit_test(announcements_come_every_five_minutes_and_stay_below_four_kilobits),
        cmocka_unit_test(files_follow_the_lines_of_the_station),
        cmocka_unit_test(what_cannot_be_announced_or_written_is_told_of),
    };
    is_own_network = own_network_enter();
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
