/*
 * A reader without hardware: an IFD handler (public interface 3.0, PCSC/ifdhandler.h) whose cards come over a Unix
 * socket. DEVICENAME is /dev/null:SOCKETPATH (pcscd wants the part before the colon to exist). A card connects and
 * sends its ATR; connecting is the tap, leaving is the removal. Each message is a 4-byte big-endian length and as many
 * bytes: to the card a command, or an empty frame for a reset; from the card the answer. The length ffffffff from a
 * card stands for a driver that hangs: nothing but the end of the daemon gets it out of there.
 */
#define _GNU_SOURCE /* POLLRDHUP */
#include <PCSC/ifdhandler.h>
#include <PCSC/reader.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define READERS 16
#define HANG 0xffffffffu
enum { answer_limit_seconds = 30 };

static struct slot { int listening, card, wake; size_t atr_length; UCHAR atr[MAX_ATR_SIZE]; } slots[READERS];
static struct slot *slot_of(DWORD Lun) { return &slots[(Lun >> 16) % READERS]; }

static int read_all(int fd, void *to, size_t length) {
  for (size_t got = 0; got < length;) {
    ssize_t n = recv(fd, (char *)to + got, length - got, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return -1;
    got += (size_t)n;
  }
  return 0;
}
static int send_frame(int fd, const UCHAR *bytes, size_t length) {
  UCHAR frame[4 + 65544];
  if (length > sizeof frame - 4) return -1;
  frame[0] = (UCHAR)(length >> 24), frame[1] = (UCHAR)(length >> 16), frame[2] = (UCHAR)(length >> 8), frame[3] = (UCHAR)length;
  memcpy(frame + 4, bytes, length);
  return send(fd, frame, length + 4, MSG_NOSIGNAL) == (ssize_t)(length + 4) ? 0 : -1;
}
/* -1: the card is gone. -2: the answer is longer than the buffer; it is read and dropped. */
static long read_frame(int fd, UCHAR *to, size_t room) {
  UCHAR head[4];
  if (read_all(fd, head, 4) < 0) return -1;
  uint32_t length = (uint32_t)head[0] << 24 | (uint32_t)head[1] << 16 | (uint32_t)head[2] << 8 | head[3];
  if (length == HANG) for (;;) pause();
  if (length <= room) return read_all(fd, to, length) < 0 ? -1 : (long)length;
  for (UCHAR dropped; length > 0; length--) if (read_all(fd, &dropped, 1) < 0) return -1;
  return -2;
}
static void drop_card(struct slot *slot) {
  if (slot->card >= 0) close(slot->card);
  slot->card = -1;
}
static int is_gone(int fd) {
  struct pollfd one = { .fd = fd, .events = POLLRDHUP };
  return poll(&one, 1, 0) != 0;
}

RESPONSECODE IFDHCreateChannelByName(DWORD Lun, LPSTR DeviceName) {
  struct slot *slot = slot_of(Lun);
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  const char *path = strchr(DeviceName, ':');
  if (path == NULL || strlen(path + 1) >= sizeof address.sun_path) return IFD_COMMUNICATION_ERROR;
  strcpy(address.sun_path, path + 1);
  unlink(address.sun_path);
  slot->card = -1;
  slot->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  slot->listening = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (slot->listening < 0 || bind(slot->listening, (struct sockaddr *)&address, sizeof address) < 0 ||
      listen(slot->listening, 8) < 0) return IFD_COMMUNICATION_ERROR;
  return IFD_SUCCESS;
}
RESPONSECODE IFDHCreateChannel(DWORD Lun, DWORD Channel) { (void)Lun, (void)Channel; return IFD_NOT_SUPPORTED; }
RESPONSECODE IFDHCloseChannel(DWORD Lun) {
  struct slot *slot = slot_of(Lun);
  drop_card(slot);
  close(slot->listening);
  close(slot->wake);
  return IFD_SUCCESS;
}

/* Waits until a card comes or goes, so that both are events for the daemon. */
static RESPONSECODE wait_for_change(DWORD Lun, int timeout) {
  struct slot *slot = slot_of(Lun);
  int card = slot->card;
  struct pollfd two[2] = { { .fd = slot->wake, .events = POLLIN }, { .fd = card, .events = POLLRDHUP } };
  if (card < 0) two[1] = (struct pollfd){ .fd = slot->listening, .events = POLLIN };
  poll(two, 2, timeout);
  return IFD_SUCCESS;
}
static RESPONSECODE stop_waiting(DWORD Lun) {
  uint64_t one = 1;
  return write(slot_of(Lun)->wake, &one, sizeof one) > 0 ? IFD_SUCCESS : IFD_COMMUNICATION_ERROR;
}

RESPONSECODE IFDHGetCapabilities(DWORD Lun, DWORD Tag, PDWORD Length, PUCHAR Value) {
  struct slot *slot = slot_of(Lun);
  void *function = Tag == TAG_IFD_POLLING_THREAD_WITH_TIMEOUT ? (void *)wait_for_change : (void *)stop_waiting;
  switch (Tag) {
  case TAG_IFD_ATR:
    if (*Length < slot->atr_length) return IFD_ERROR_INSUFFICIENT_BUFFER;
    memcpy(Value, slot->atr, *Length = slot->atr_length);
    return IFD_SUCCESS;
  case TAG_IFD_POLLING_THREAD_WITH_TIMEOUT:
  case TAG_IFD_STOP_POLLING_THREAD:
    if (*Length < sizeof function) return IFD_ERROR_INSUFFICIENT_BUFFER;
    memcpy(Value, &function, *Length = sizeof function);
    return IFD_SUCCESS;
  case TAG_IFD_SLOTS_NUMBER:
  case TAG_IFD_THREAD_SAFE: /* one hung reader must not stop the others */
  case TAG_IFD_SLOT_THREAD_SAFE:
    *Value = 1, *Length = 1;
    return IFD_SUCCESS;
  case TAG_IFD_SIMULTANEOUS_ACCESS:
    *Value = READERS, *Length = 1;
    return IFD_SUCCESS;
  default:
    return IFD_ERROR_TAG;
  }
}
RESPONSECODE IFDHSetCapabilities(DWORD Lun, DWORD Tag, DWORD Length, PUCHAR Value) {
  (void)Lun, (void)Tag, (void)Length, (void)Value;
  return IFD_NOT_SUPPORTED;
}
RESPONSECODE IFDHSetProtocolParameters(DWORD Lun, DWORD Protocol, UCHAR Flags, UCHAR P1, UCHAR P2, UCHAR P3) {
  (void)Lun, (void)Protocol, (void)Flags, (void)P1, (void)P2, (void)P3;
  return IFD_SUCCESS;
}
RESPONSECODE IFDHPowerICC(DWORD Lun, DWORD Action, PUCHAR Atr, PDWORD AtrLength) {
  struct slot *slot = slot_of(Lun);
  if (Action == IFD_POWER_DOWN) return *AtrLength = 0, IFD_SUCCESS;
  if (slot->card < 0 || is_gone(slot->card) || send_frame(slot->card, NULL, 0) < 0) return IFD_ERROR_POWER_ACTION;
  memcpy(Atr, slot->atr, *AtrLength = slot->atr_length);
  return IFD_SUCCESS;
}
RESPONSECODE IFDHTransmitToICC(DWORD Lun, SCARD_IO_HEADER SendPci, PUCHAR TxBuffer, DWORD TxLength, PUCHAR RxBuffer,
                               PDWORD RxLength, PSCARD_IO_HEADER RecvPci) {
  struct slot *slot = slot_of(Lun);
  long length = -1;
  (void)SendPci, (void)RecvPci;
  if (slot->card >= 0 && send_frame(slot->card, TxBuffer, TxLength) == 0)
    length = read_frame(slot->card, RxBuffer, *RxLength);
  *RxLength = length < 0 ? 0 : (DWORD)length;
  if (length == -2) return IFD_ERROR_INSUFFICIENT_BUFFER;
  return length < 0 ? IFD_COMMUNICATION_ERROR : IFD_SUCCESS;
}
RESPONSECODE IFDHICCPresence(DWORD Lun) {
  struct slot *slot = slot_of(Lun);
  if (slot->card >= 0 && is_gone(slot->card)) {
    drop_card(slot); /* the next card waits until the daemon has seen that this one left */
    return IFD_ICC_NOT_PRESENT;
  }
  if (slot->card < 0 && (slot->card = accept(slot->listening, NULL, NULL)) >= 0) {
    struct timeval limit = { .tv_sec = answer_limit_seconds };
    setsockopt(slot->card, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    long length = read_frame(slot->card, slot->atr, sizeof slot->atr);
    slot->atr_length = length > 0 ? (size_t)length : 0;
    if (length <= 0) drop_card(slot);
  }
  return slot->card >= 0 ? IFD_ICC_PRESENT : IFD_ICC_NOT_PRESENT;
}
RESPONSECODE IFDHControl(DWORD Lun, DWORD Code, PUCHAR TxBuffer, DWORD TxLength, PUCHAR RxBuffer, DWORD RxLength,
                         LPDWORD Returned) {
  (void)Lun, (void)Code, (void)TxBuffer, (void)TxLength, (void)RxBuffer, (void)RxLength;
  *Returned = 0;
  return IFD_ERROR_NOT_SUPPORTED;
}
