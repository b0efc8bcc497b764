import { ref } from 'vue';

/** What a page is about, where its route alone does not say it. */
export const pageTitle = ref('');
