int vb2_core_probe(void *);
__attribute__((visibility("default"))) int ioctl(int fd, unsigned long r, ...) { static int x; return vb2_core_probe(&x); }
