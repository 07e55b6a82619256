import { Button, Card, Stack, Text, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, setCsrf } from "../../api/client";
import { sessionQuery, useLogOut, useSession } from "../../api/session";
import { Page } from "../../shared/Page";
import { Password } from "../../shared/Password";
import { ProblemAlert } from "../../shared/ProblemAlert";

export default function AccountPage() {
  const { t } = useTranslation("account");
  const session = useSession();
  const logOut = useLogOut();
  return (
    <Page title={t("common:pages.account")}>
      <Text c="dimmed">
        {session.username ? t("is", { name: session.username, role: t(`common:roles.${session.role}` as never) }) : t("local")}
      </Text>
      {session.kind === "user" && (
        <>
          <PasswordCard username={session.username ?? ""} />
          <Card withBorder maw={480}>
            <Stack>
              <Title order={2} size="h4">
                {t("everywhere")}
              </Title>
              <Text size="sm">{t("everywhereWhat")}</Text>
              <ProblemAlert error={logOut.error} />
              <Button variant="default" loading={logOut.isPending} onClick={() => logOut.mutate(true)}>
                {t("everywhere")}
              </Button>
            </Stack>
          </Card>
        </>
      )}
    </Page>
  );
}

function PasswordCard({ username }: { username: string }) {
  const { t } = useTranslation("account");
  const client = useQueryClient();
  const form = useForm({
    initialValues: { current: "", password: "", again: "" },
    validate: { again: (text, values) => (text === values.password ? null : t("different")) },
  });
  const change = useMutation({
    mutationFn: async () => {
      const { current, password } = form.values;
      return (await api.PUT("/api/v1/session/password", { body: { current, password } })).data!;
    },
    onSuccess: (session) => {
      setCsrf(session.csrf_token ?? null);
      client.setQueryData(sessionQuery.queryKey, session);
      form.reset();
      notifications.show({ message: t("changed"), color: "green" });
    },
  });
  return (
    <Card withBorder maw={480}>
      <form onSubmit={form.onSubmit(() => change.mutate())}>
        <Stack>
          <Title order={2} size="h4">
            {t("password")}
          </Title>
          <Text size="sm">{t("passwordWhat")}</Text>
          <input type="text" autoComplete="username" value={username} readOnly hidden />
          <Password label={t("current")} autoComplete="current-password" {...form.getInputProps("current")} />
          <Password label={t("new")} autoComplete="new-password" {...form.getInputProps("password")} />
          <Password label={t("again")} autoComplete="new-password" {...form.getInputProps("again")} />
          <ProblemAlert error={change.error} />
          <Button type="submit" loading={change.isPending}>
            {t("change")}
          </Button>
        </Stack>
      </form>
    </Card>
  );
}
