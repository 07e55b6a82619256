import { Button, Drawer, Group, List, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../api/client";
import { may, useSession } from "../api/session";
import { pages } from "../pages";
import { Empty } from "../shared/Empty";
import { PageLink } from "../shared/PageLink";
import { ProblemAlert } from "../shared/ProblemAlert";
import { useSchoolTime } from "../shared/useSchoolTime";

type Notice = Schemas["Notice"];

/** The page on which a notice's cause is looked into. */
const pageOf = (notice: Notice): { name: string; path: string } | null => {
  switch (notice.kind) {
    case "lookalike":
      return notice.other_id ? { name: "students", path: `/students/${encodeURIComponent(notice.other_id)}` } : null;
    case "camera_silent":
      return { name: "devices", path: "/devices" };
    case "deliveries_failing":
      return { name: "deliveries", path: "/deliveries" };
    default:
      return { name: "health", path: "/health" };
  }
};

/** What staff must know of, each with where it is looked into, until somebody says that they have seen it. */
export default function Notices({
  page,
  error,
  retry,
  onClose,
}: {
  page: Schemas["NoticePage"] | undefined;
  error: unknown;
  retry: () => void;
  onClose: () => void;
}) {
  const { t } = useTranslation("notices");
  const session = useSession();
  const client = useQueryClient();
  const acknowledge = useMutation({
    mutationFn: (notice: Notice) => api.POST("/api/v1/notices/{id}/acknowledgement", { params: { path: { id: notice.id } } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["notices"] }),
  });
  return (
    <Drawer opened onClose={onClose} position="right" title={t("title")} closeButtonProps={{ "aria-label": t("common:close") }}>
      <Stack>
        <ProblemAlert error={error ?? acknowledge.error} retry={retry} />
        {page?.total === 0 && <Empty>{t("none")}</Empty>}
        {page && page.total > 0 && (
          <List listStyleType="none" spacing="lg" styles={{ itemWrapper: { width: "100%" }, itemLabel: { width: "100%" } }}>
            {page.items.map((notice) => (
              <List.Item key={notice.id}>
                <NoticeText
                  notice={notice}
                  onFollow={onClose}
                  onKnown={may(session, "attendance:write") ? () => acknowledge.mutate(notice) : undefined}
                />
              </List.Item>
            ))}
          </List>
        )}
      </Stack>
    </Drawer>
  );
}

function NoticeText({ notice, onFollow, onKnown }: { notice: Notice; onFollow: () => void; onKnown?: () => void }) {
  const { t } = useTranslation("notices");
  const session = useSession();
  const times = useSchoolTime();
  const to = pageOf(notice);
  const entry = to && pages.find((page) => page.name === to.name);
  const mayFollow = entry && (entry.scopes.length === 0 || may(session, ...entry.scopes));
  const text = t(`kinds.${notice.at ? notice.kind : `${notice.kind}_never`}` as never, {
    defaultValue: t(`kinds.${notice.kind}` as never) as string,
    label: notice.label,
    subject: notice.subject,
    at: times.dateTime(notice.at),
    student: notice.student_id,
    other: notice.other_id,
    percent: notice.similarity === null ? "" : Math.round(notice.similarity * 100),
  }) as string;
  return (
    <Stack gap={6}>
      <Text size="sm">{text}</Text>
      <Group justify="space-between">
        <Text size="xs" c="dimmed">
          {times.dateTime(notice.raised_at)}
        </Text>
        <Group gap="xs">
          {mayFollow && (
            <PageLink to={to.path} onClick={onFollow}>
              {t("follow", { page: t(`common:pages.${to.name}` as never) })}
            </PageLink>
          )}
          {onKnown && (
            <Button size="compact-xs" variant="default" onClick={onKnown}>
              {t("acknowledge")}
            </Button>
          )}
        </Group>
      </Group>
    </Stack>
  );
}
