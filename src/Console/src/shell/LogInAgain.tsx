import { Modal, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { LogInForm } from "../pages/log-in/LogInForm";

/** Asked over the page when the log-in has ended: what was typed on it stays. */
export default function LogInAgain({ username }: { username: string }) {
  const { t } = useTranslation("common");
  return (
    <Modal opened onClose={() => location.assign("/log-in")} title={t("again.title")} closeButtonProps={{ "aria-label": t("again.leave") }}>
      <Text size="sm" mb="md">
        {t("again.text")}
      </Text>
      <LogInForm
        username={username}
        onDone={(session) => {
          // What another person was doing is not theirs to see.
          if (session.username !== username) location.assign("/");
        }}
      />
    </Modal>
  );
}
