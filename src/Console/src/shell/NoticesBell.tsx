import { ActionIcon, Indicator } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconBell } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { useLive } from "../api/live";

const Notices = lazy(() => import("./Notices"));

/** How much staff must know of; on a click what. Follows along live. */
export function NoticesBell() {
  const { t } = useTranslation("notices", { useSuspense: false });
  const client = useQueryClient();
  const [isOpen, { open, close }] = useDisclosure();
  const notices = useQuery({
    queryKey: ["notices"],
    refetchInterval: 60_000,
    queryFn: async () => (await api.GET("/api/v1/notices", { params: { query: { limit: 200 } } })).data!,
  });
  useLive((event) => {
    if (event.type.startsWith("notice.")) void client.invalidateQueries({ queryKey: ["notices"] });
  });
  const total = notices.data?.total ?? 0;
  return (
    <>
      <Indicator disabled={total === 0} label={total} size={16} color="red.8" offset={6}>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("bell", { count: total })} onClick={open}>
          <IconBell size={20} />
        </ActionIcon>
      </Indicator>
      {isOpen && (
        <Suspense>
          <Notices page={notices.data} error={notices.error} retry={() => void notices.refetch()} onClose={close} />
        </Suspense>
      )}
    </>
  );
}
