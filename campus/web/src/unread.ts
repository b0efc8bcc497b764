import { ref } from 'vue';

/** Notices not read yet, for the mark on the tab. */
export const unread = ref(0);
